// Writes the data of the emoji picker, frontend/public/emoji/{en,zh-CN}.json, from the npm package emojibase-data:
//
//   npm pack emojibase-data@17.0.0 && tar xzf emojibase-data-17.0.0.tgz
//   node scripts/emoji.mjs package
//
// A file is a list of groups, in the order of the picker's headings. A group is a list of emoji, each with its name, its
// keywords, and a 1 where it has skin tones: ["👍","thumbs up","+1 good hand like",1]
//
// shortcodes.json has the short codes of the emoji, those that are typed on GitHub first: ["👍","+1 thumbsup yes"]

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const source = process.argv[2] ?? "package";
const target = new URL("../frontend/public/emoji/", import.meta.url);

// Newer ones are missing in the fonts of too many systems.
const MAX_VERSION = 15;
// The group of skin tones and hair, which are no emoji of their own.
const COMPONENTS = 2;
const TONES = ["\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"];

const read = (path) => JSON.parse(readFileSync(`${source}/${path}`, "utf8"));
const versions = new Map(read("en/data.json").map((emoji) => [emoji.hexcode, emoji.version]));

// The page makes a tone by the same rule: the modifier follows the first character, in place of a variation selector.
function withTone(emoji, tone) {
  const [first, ...rest] = [...emoji];
  return first + tone + rest.filter((character, index) => index > 0 || character !== "\u{fe0f}").join("");
}

// Unicode's own form: the data also has a variation selector where it is the default. The server takes no other form.
function canonical(emoji) {
  const forms = [emoji, emoji.replaceAll("\u{fe0f}", "")];
  return forms.find((form) => /^\p{RGI_Emoji}$/v.test(form)) ?? emoji;
}

function hasTones(emoji) {
  const known = new Set((emoji.skins ?? []).map((skin) => canonical(skin.unicode)));
  return known.size >= TONES.length && TONES.every((tone) => known.has(withTone(canonical(emoji.unicode), tone)));
}

function entry(emoji) {
  const name = emoji.label.normalize("NFC");
  const named = new Set(name.toLowerCase().split(/[\s:,]+/));
  const tags = (emoji.tags ?? []).map((tag) => tag.normalize("NFC").replace(/\s+/g, " ")).filter((tag) => !named.has(tag.toLowerCase()));
  const row = [canonical(emoji.unicode), name, tags.join(" ")];
  return hasTones(emoji) ? [...row, 1] : row;
}

mkdirSync(target, { recursive: true });
for (const [language, file] of [["en", "en"], ["zh", "zh-CN"]]) {
  const groups = [];
  const shown = read(`${language}/compact.json`)
    .filter((emoji) => emoji.group !== undefined && emoji.group !== COMPONENTS)
    .filter((emoji) => versions.get(emoji.hexcode) <= MAX_VERSION)
    .sort((a, b) => a.order - b.order);
  for (const emoji of shown) (groups[emoji.group] ??= []).push(entry(emoji));
  const lists = groups.filter(Boolean).map((group) => "[\n" + group.map((row) => JSON.stringify(row)).join(",\n") + "\n]");
  writeFileSync(new URL(`${file}.json`, target), `[${lists.join(",")}]\n`);
}

const codes = ["github", "emojibase"].map((set) => read(`en/shortcodes/${set}.json`));
const coded = read("en/compact.json")
  .filter((emoji) => emoji.group !== undefined && emoji.group !== COMPONENTS)
  .filter((emoji) => versions.get(emoji.hexcode) <= MAX_VERSION)
  .sort((a, b) => a.order - b.order)
  .map((emoji) => [canonical(emoji.unicode), [...new Set(codes.flatMap((set) => set[emoji.hexcode] ?? []))].join(" ")])
  .filter(([, names]) => names !== "");
writeFileSync(new URL("shortcodes.json", target), "[\n" + coded.map((row) => JSON.stringify(row)).join(",\n") + "\n]\n");
