// SPDX-License-Identifier: Apache-2.0
//
// Checks of what an app passes. A message names the option and the type, never the value, which may be a
// secret.

export function refuse(name, wanted, value) {
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  throw new TypeError(`${name} must be ${wanted}, not ${kind}`);
}

export function text(value, name) {
  if (typeof value !== "string") refuse(name, "a string", value);
  return value;
}

export function bool(value, name) {
  if (typeof value !== "boolean") refuse(name, "true or false", value);
  return value;
}

/** A whole number of at least `least`, and `most` at the most. */
export const whole = (least = 0, most = Number.MAX_SAFE_INTEGER) => (value, name) => {
  if (typeof value !== "number") refuse(name, "a number", value);
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const end = most === Number.MAX_SAFE_INTEGER ? "" : `, and ${most} at the most`;
    throw new RangeError(`${name} must be a whole number of at least ${least}${end}`);
  }
  return value;
};

export function func(value, name) {
  if (typeof value !== "function") refuse(name, "a function", value);
  return value;
}

export function object(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) refuse(name, "an object", value);
  return value;
}

export const oneOf = (values) => (value, name) => {
  text(value, name);
  if (!Object.hasOwn(values, value)) throw new TypeError(`${name} must be one of ${Object.keys(values).join(", ")}`);
  return values[value];
};

export function texts(value, name) {
  if (!Array.isArray(value)) refuse(name, "an array of strings", value);
  return value.map((one, i) => text(one, `${name}[${i}]`));
}

/** An object of texts as [name, value]. */
export function pairs(value, name) {
  return Object.entries(object(value, name)).map(([key, one]) => [key, text(one, `${name}.${key}`)]);
}

export function signal(value, name = "signal") {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) refuse(name, "an AbortSignal", value);
  return value;
}

/** The members of `given` that are set, each checked by the function of its name. Others are refused. */
export function options(given, checks, name) {
  if (given === undefined) return {};
  const made = {};
  for (const [key, value] of Object.entries(object(given, name))) {
    if (!Object.hasOwn(checks, key)) throw new TypeError(`${name} has no member ${JSON.stringify(key)}`);
    if (value !== undefined) made[key] = checks[key](value, `${name}.${key}`);
  }
  return made;
}

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** The library's JSON with the names of JavaScript. */
export function fromJson(json) {
  const convert = (value) => {
    if (Array.isArray(value)) return value.map(convert);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [camel(key), convert(one)]));
  };
  return convert(JSON.parse(json));
}
