import './production-warning.ts';

export { createRandom } from './clock/random.ts';
export {
  createVirtualClock,
  type SettleOptions,
  type VirtualClock,
  type VirtualClockOptions,
} from './clock/virtual-clock.ts';
