declare module 'parse-prometheus-text-format' {
  /** Reads Prometheus' text; throws where it is not that. */
  export default function parse(text: string): readonly object[];
}
