// Scrolls from the top to the bottom, a step a frame, and reports how long the frames took, in milliseconds.
const [step, done] = arguments;
const frames = [];
window.scrollTo(0, 0);
let last = performance.now();
const frame = () => {
  const now = performance.now();
  frames.push(now - last);
  last = now;
  const before = window.scrollY;
  window.scrollBy({ top: step, behavior: "instant" });
  if (window.scrollY > before) requestAnimationFrame(frame);
  else done({ frames: frames.length, average: frames.reduce((sum, each) => sum + each) / frames.length,
    longest: Math.max(...frames), bottom: window.scrollY + window.innerHeight,
    height: document.documentElement.scrollHeight });
};
requestAnimationFrame(frame);
