/**
 * Tells what the monitor knows to OpenTelemetry.
 *
 * @module
 */
export {
  type OpenTelemetryBridge,
  type OpenTelemetryBridgeOptions,
  openTelemetryBridge,
} from './opentelemetry-bridge.ts';
