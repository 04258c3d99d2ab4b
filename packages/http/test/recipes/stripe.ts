import { createApiClient } from '@resilient/http';
import Stripe from 'stripe';

/** An order to be paid. */
export interface Order {
  readonly id: string;
  readonly cents: number;
}

/** One charge for an order, however often it is tried, and however often the job runs: the key comes from the order. */
export function stripeRecipe(config: Stripe.StripeConfig = {}): (order: Order) => Promise<Stripe.Charge> {
  const stripe = new Stripe(process.env.STRIPE_KEY ?? 'sk_test_none', { ...config, maxNetworkRetries: 0 });
  const stripeApi = createApiClient({ name: 'stripe', attemptTimeoutMs: 20_000 });
  return (order) =>
    stripeApi.call(
      ({ idempotencyKey }) =>
        stripe.charges.create({ amount: order.cents, currency: 'eur' }, { idempotencyKey }),
      { idempotencyKey: `order-${order.id}` },
    );
}
