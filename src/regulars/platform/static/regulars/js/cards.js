// A card type may have colours of its own. The CSP forbids style attributes, the object model does not.
const COLOUR = /^#[0-9a-f]{6}$/i;

export function colourCards(root) {
  const cards = root.matches?.("[data-card-background]") ? [root] : root.querySelectorAll("[data-card-background]");
  for (const card of cards) {
    const { cardBackground, cardForeground } = card.dataset;
    if (!COLOUR.test(cardBackground) || !COLOUR.test(cardForeground)) continue;
    card.style.setProperty("--c", cardBackground);
    card.style.setProperty("--f", cardForeground);
    card.style.setProperty("--gift", cardForeground);
  }
}
