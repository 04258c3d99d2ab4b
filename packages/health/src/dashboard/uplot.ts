import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The chart library as the page needs it. */
export interface ChartLibrary {
  readonly script: string;
  readonly style: string;
}

let library: ChartLibrary | undefined;

/** The one door to uPlot: its text, read when the first page is asked for. */
export function chartLibrary(): ChartLibrary {
  const require = createRequire(import.meta.url);
  library ??= {
    script: readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
    style: readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8'),
  };
  return library;
}
