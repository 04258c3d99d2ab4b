/** Relative luminance of a colour such as `#55606e` or `#fff`, from 0 to 1 (WCAG 2.2). */
function luminance(colour: string): number {
  const hex = /^#[\da-f]{3}$/i.test(colour) ? colour.slice(1).replaceAll(/./g, '$&$&') : colour.slice(1);
  if (!/^[\da-f]{6}$/i.test(hex)) throw new Error(`expected a colour such as #55606e, got ${colour}`);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours, from 1 to 21 (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
