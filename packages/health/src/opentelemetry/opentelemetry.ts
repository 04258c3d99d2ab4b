// The one door to OpenTelemetry: its API alone, which does nothing until an application starts an SDK.
export {
  type BatchObservableResult,
  createNoopMeter,
  type Histogram,
  type Meter,
  metrics,
  type Observable,
} from '@opentelemetry/api';
