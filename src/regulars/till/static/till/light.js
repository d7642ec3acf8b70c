// Dark when it is dark around (UX 4). Browsers let no page ask a light sensor, but the camera is running: how bright its picture is says
// enough. What decides is pure: brightness (0 to 255) and time in milliseconds in, whether it is dark out.
export const DARK_BELOW = 45;
export const LIGHT_ABOVE = 85;
// A phone that lies on its camera sees nothing at all, which says nothing of the room.
export const COVERED_BELOW = 5;
export const AGREE_MS = 4_000;
const GAP_MS = 10_000;
const EACH_MS = 1_000;

// The mean brightness of RGBA pixels, as eyes weigh the colours.
export function brightnessOf(pixels) {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 4) sum += 0.2126 * pixels[at] + 0.7152 * pixels[at + 1] + 0.0722 * pixels[at + 2];
  return sum / (pixels.length / 4);
}

// One for each till: it changes its mind once all that it saw for some seconds says the same, and between the two limits never.
export function makeJudge() {
  let isDark = false;
  let since = null;
  let last = -Infinity;
  return (brightness, now) => {
    const saysOther = brightness >= COVERED_BELOW && (isDark ? brightness > LIGHT_ABOVE : brightness < DARK_BELOW);
    if (!saysOther || now - last > GAP_MS) since = null;
    last = now;
    if (!saysOther) return isDark;
    since ??= now;
    if (now - since >= AGREE_MS) {
      isDark = !isDark;
      since = null;
    }
    return isDark;
  };
}

// Looks now and then: `measure` tells the brightness, or null where nothing can be said now, as while a result is shown. Whoever
// chose an appearance keeps it.
export function followLight(measure) {
  const root = document.documentElement;
  if (root.dataset.theme !== "system") return;
  const bar = document.querySelector("meta[name=theme-color][media*=light]");
  const colours = { light: bar?.content, dark: document.querySelector("meta[name=theme-color][media*=dark]")?.content };
  const judge = makeJudge();
  let wasDark = false;
  setInterval(() => {
    const brightness = measure();
    if (brightness === null) return;
    const isDark = judge(brightness, performance.now());
    if (isDark === wasDark) return;
    wasDark = isDark;
    root.dataset.theme = isDark ? "dark" : "system";
    if (bar) bar.content = isDark ? colours.dark : colours.light;
  }, EACH_MS);
}
