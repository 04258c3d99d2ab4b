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
  const { resolve } = createRequire(import.meta.url);
  const textOf = (file: string): string => readFileSync(resolve(`uplot/dist/${file}`), 'utf8');
  library ??= { script: textOf('uPlot.iife.min.js'), style: textOf('uPlot.min.css') };
  return library;
}
