// The order of elements.

/** Puts the elements in this order, without moving the one that has the focus: it would lose it. */
function place(parent, elements) {
  const fixed = Math.max(0, elements.findIndex((element) => element.contains(document.activeElement)));
  const moveBefore = (element, next) => {
    if (element.nextElementSibling !== next || element.parentNode !== parent) parent.insertBefore(element, next);
  };
  let next = null;
  for (const element of elements.slice(fixed + 1).reverse()) {
    moveBefore(element, next);
    next = element;
  }
  if (elements[fixed] && elements[fixed].parentNode !== parent) parent.insertBefore(elements[fixed], next);
  next = elements[fixed];
  for (const element of elements.slice(0, fixed).reverse()) {
    moveBefore(element, next);
    next = element;
  }
}
