// The texts whose contrast with their background is too small: WCAG 2, success criterion 1.4.3 (AA).
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const color = (text) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return { parts: [red, green, blue], alpha: alpha / 255 };
};
const over = (front, back) => front.parts.map((each, index) => each * front.alpha + back[index] * (1 - front.alpha));
const ancestors = (element) => {
  const all = [];
  for (let each = element; each; each = each.parentElement) all.unshift(each);
  return all;
};
const white = [255, 255, 255];
const background = (element) =>
  ancestors(element).reduce((behind, each) => over(color(getComputedStyle(each).backgroundColor), behind), white);
const luminance = (parts) => {
  const [red, green, blue] = parts.map((each) => each / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const ratio = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const isSeen = (element) => {
  const box = element.getBoundingClientRect();
  return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && box.width > 1 && box.height > 1;
};
const poor = [];
let count = 0;
const examine = (element, style, text) => {
  const behind = background(element);
  const opacity = ancestors(element).reduce((all, each) => all * Number(getComputedStyle(each).opacity), 1);
  const ink = color(element instanceof SVGElement ? style.fill : style.color);
  const seen = ratio(over({ ...ink, alpha: ink.alpha * opacity }, behind), behind);
  const size = parseFloat(style.fontSize);
  const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  count += 1;
  if (seen < needed) poor.push(`"${text.slice(0, 40)}" has ${seen.toFixed(2)} of ${needed}`);
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const [text, element] = [texts.currentNode.data.trim(), texts.currentNode.parentElement];
  if (text && !["SCRIPT", "STYLE", "NOSCRIPT", "TITLE"].includes(element.tagName) && isSeen(element)) {
    examine(element, getComputedStyle(element), text);
  }
}
for (const input of document.querySelectorAll("input")) {
  if (input.placeholder && isSeen(input)) examine(input, getComputedStyle(input, "::placeholder"), input.placeholder);
}
return { count, poor };
