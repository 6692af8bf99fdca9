// Numbers and times as people read them.

/** A whole number with its digits in groups of three: `12,345`. Exact for a BigInt. */
const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** A number with up to three digits and a unit prefix: `12.3k`, `999`, `0.5`. */
function short(number) {
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  let unit = 0;
  while (number >= 999.5 && unit < units.length - 1) {
    number /= 1000;
    unit += 1;
  }
  if (unit === 0) return String(number < 9.95 ? Math.round(number * 10) / 10 : Math.round(number));
  return number.toFixed(number < 9.995 ? 2 : number < 99.95 ? 1 : 0) + units[unit];
}

/** Bytes per second: `1.23 MB/s`. */
const bytesPerSecond = (number) => short(number).replace(/[A-Za-z]?$/, (unit) => ` ${unit}B/s`);

/** Seconds in the two largest units: `3 d 4 h`. */
function duration(seconds) {
  const whole = Math.floor(seconds);
  const days = Math.floor(whole / 86400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days > 0) return `${grouped(days)} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** The time of day in the browser's zone: `14:03:22`. */
function timeOfDay(date) {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** `1 listener`, `2 listeners`. */
const counted = (count, noun) => `${grouped(count)} ${noun}${Number(count) === 1 ? '' : 's'}`;
