// Ranks the entries and pages of the book for what somebody typed. It comes in one file with the
// data that search.py makes, when the search is used first. Nothing here touches the page.

const lossaryRanking = (data, stemmer) => {
  "use strict";

  const NAME = 50; // a name of an entry stands in the question: so much, times how rare it is
  const ALIAS = 0.9; // the same, if the name is not the headword
  const CODE = 2.3; // the same, if it is written as code: batch_size
  const KEYWORD = 1.3; // the same, if a value is given to it: from_logits=True
  const INSIDE = 0.7; // the same, if it stands within a longer name
  const LATER = 0.11; // what a name loses for each word before it
  const FILL = 0.25; // a word that says nothing about the subject
  const PREFIX = 0.6; // a word that is not typed to its end
  const TYPO = 0.8; // a word that is misspelled
  const LONGEST = 6; // words of a name that is looked for
  const LIMIT = 80; // words of a query that are looked at

  // Words are made and stemmed as in search.py.
  const roots = new Map();
  const stem = (word) => {
    if (!roots.has(word)) {
      const american = word.replace(/is(?=(e|ed|es|er|ers|ing|ation|ations)$)/, "iz");
      roots.set(word, stemmer.stemWord(american));
    }
    return roots.get(word);
  };
  const filler = new Set(data.filler.split(" "));
  const split = (text) => {
    const found = [];
    let plain = text.normalize("NFKC").replace(/\bhow many\b/gi, "number of");
    plain = plain.replace(/['’](s|t|re|ve|m|ll|d)\b/gu, "");
    for (const match of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
      const whole = filler.has(match[0].toLowerCase());
      const parts = whole ? match : match[0].replace(/([a-z0-9])(?=[A-Z][a-z])/g, "$1 ").split(" ");
      parts.forEach((raw, i) => {
        const glued = i > 0 || plain[match.index - 1] === "_"; // to the word before it
        const keyword = i === parts.length - 1 && /^\s?=\s?[^=]/.test(plain.slice(match.index + match[0].length));
        found.push({ raw, lower: raw.toLowerCase(), glued, keyword });
      });
    }
    return found;
  };
  const fold = (text) => text.normalize("NFKC").replace(/[-_\s]+/gu, " ").trim();

  // Which documents a word is in, and its weight there: pairs of letters, see search.py.
  const found = new Map();
  const letters = data.postings.split(" ");
  data.words.split(" ").forEach((word, place) => {
    const pairs = [];
    let doc = -1;
    for (let i = 0; i < letters[place].length; i += 2) {
      doc += letters[place].charCodeAt(i) - data.base;
      pairs.push([doc, letters[place].charCodeAt(i + 1) - data.base]);
    }
    found.set(word, pairs);
  });

  // Words that people write together come apart: minibatch, crossentropy.
  const names = data.names.map(([name, doc, rare]) => {
    const words = split(name).map((word) => word.lower);
    const vague = words.every((word) => filler.has(word)) ? 0.3 : 1;
    const head = data.documents[doc].title === name;
    return { name, doc, words, head, folded: fold(name), rare: (rare / 100) * vague };
  });
  const apart = new Map();
  for (const { words } of names) {
    for (let start = 0; start < words.length; start++) {
      for (let end = start + 2; end <= Math.min(words.length, start + LONGEST); end++) {
        const joined = words.slice(start, end).join("");
        const parts = words.slice(start, end).map(stem);
        if (joined.length > 5 && !apart.has(stem(joined))) apart.set(stem(joined), parts);
      }
    }
  }
  const stems = (lower) => apart.get(stem(lower)) || [stem(lower)];

  const byKey = new Map(); // the stems of a name -> the names that have them
  for (const name of names) {
    name.key = name.words.flatMap(stems).join(" ");
    byKey.set(name.key, [...(byKey.get(name.key) || []), name]);
  }
  const inNames = new Set([...byKey.keys()].flatMap((key) => key.split(" ")));
  const vocabulary = [...new Set([...inNames, ...apart.keys(), ...found.keys()])];

  // How many letters to insert, drop, change or swap; anything beyond `most` is too far.
  const distance = (a, b, most) => {
    if (Math.abs(a.length - b.length) > most) return Infinity;
    let before = [];
    let last = [...Array(b.length + 1).keys()];
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      if (Math.min(...row) > most) return Infinity;
      [before, last] = [last, row];
    }
    return last[b.length] > most ? Infinity : last[b.length];
  };

  // The stems of the word that a word is a misspelling of; words of names come first.
  const mend = (word) => {
    const most = word.length < 4 ? 0 : word.length < 9 ? 1 : 2;
    let [best, least] = [null, Infinity];
    for (const other of vocabulary) {
      if (other.length < 3 || (other[0] !== word[0] && other[1] !== word[1])) continue;
      const far = distance(word, other, most);
      if (far < least) [best, least] = [other, far];
    }
    return best && (apart.get(best) || [best]);
  };

  // The words of a query as stems, each with its weight.
  const read = (text) => {
    const words = split(text).slice(0, LIMIT);
    return words.flatMap(({ raw, lower, glued, keyword }, place) => {
      const fill = filler.has(lower);
      const make = (parts, weight) =>
        parts.map((part, i) => ({ stem: part, raw, glued: glued || i > 0, fill, weight, keyword }));
      const parts = stems(lower);
      if (fill) return make(parts, FILL);
      if (parts.length > 1 || found.has(parts[0]) || inNames.has(parts[0])) return make(parts, 1);
      if (!/\p{L}/u.test(raw)) return make(parts, 1);
      if (place === words.length - 1 && text.endsWith(raw)) {
        const longer = vocabulary.find((other) => other.startsWith(lower));
        if (longer) return make(apart.get(longer) || [longer], PREFIX);
      }
      return make(mend(parts[0]) || parts, TYPO);
    });
  };

  // Whole names that stand in the question, the longest first: document -> {bonus, name}.
  const namesIn = (words) => {
    const given = new Map();
    const inside = [];
    for (let length = Math.min(LONGEST, words.length); length; length--) {
      for (let start = 0; start + length <= words.length; start++) {
        const part = words.slice(start, start + length);
        const known = byKey.get(part.map((word) => word.stem).join(" ")) || [];
        let factor = NAME / (1 + LATER * start);
        factor *= Math.min(...part.map((word) => (word.fill ? 1 : word.weight)));
        if (length > 1 && part.slice(1).every((word) => word.glued)) factor *= CODE;
        if (part.at(-1).keyword) factor *= KEYWORD;
        if (known.length && part.every((_, i) => inside[start + i])) factor *= INSIDE;
        for (const { name, doc, head, rare } of known) {
          // A letter is a symbol where it is written as the book writes it, and is no article.
          if (name.length === 1 && name !== part[0].raw) continue;
          if (words.length > 1 && /^[aAI]$/.test(name)) continue;
          const bonus = factor * rare * (head ? 1 : ALIAS);
          if (bonus > (given.get(doc)?.bonus || 0)) given.set(doc, { bonus, name });
        }
        if (known.length) part.forEach((_, i) => (inside[start + i] = true));
      }
    }
    return given;
  };

  // How far the query as a whole is a name, or the beginning of one.
  const sameness = ({ folded, key, head }, whole, wholeKey) => {
    const [a, b] = [folded.toLowerCase(), whole.toLowerCase()];
    if (folded === whole) return 5000 + head;
    if (a === b) return 4000 + head;
    if (wholeKey && key === wholeKey) return 3000 + head;
    return a.startsWith(b) ? ((head ? 300 : 200) * b.length) / a.length : 0;
  };

  const rank = (text) => {
    const query = text.slice(0, 2000);
    const words = read(query);
    const hits = data.documents.map((_, doc) => ({ doc, score: 0, name: "" }));
    const weights = new Map();
    for (const { stem: word, weight } of words) {
      weights.set(word, Math.max(weight, weights.get(word) || 0));
    }
    for (const [word, weight] of weights) {
      for (const [doc, often] of found.get(word) || []) hits[doc].score += weight * often;
    }
    for (const [doc, { bonus, name }] of namesIn(words)) {
      hits[doc].score += bonus;
      hits[doc].name = name;
    }
    const whole = fold(query);
    const wholeKey = words.map((word) => word.stem).join(" ");
    const best = new Map();
    for (const name of whole ? names : []) {
      const same = sameness(name, whole, wholeKey);
      if (same > (best.get(name.doc)?.same || 0)) best.set(name.doc, { same, name: name.name });
    }
    for (const [doc, { same, name }] of best) {
      hits[doc].score = same + Math.min(hits[doc].score, 900) * (same > 2000 ? 0.001 : 1);
      hits[doc].name = name;
    }
    const ranked = hits.filter((hit) => hit.score > 0).sort((a, b) => b.score - a.score);
    return ranked.map((hit) => ({ ...data.documents[hit.doc], ...hit }));
  };

  // The headwords that look most like a query that finds nothing.
  const near = (text) => {
    const pieces = (word) => {
      const padded = ` ${fold(word).toLowerCase().slice(0, 40)} `;
      return new Set([...padded].map((_, i) => padded.slice(i, i + 2)));
    };
    const wanted = pieces(text);
    const close = names.map((name) => {
      const own = pieces(name.name);
      const shared = [...own].filter((piece) => wanted.has(piece)).length;
      return { doc: name.doc, like: shared / (own.size + wanted.size - shared) };
    });
    close.sort((a, b) => b.like - a.like);
    const docs = [...new Set(close.filter(({ like }) => like > 0.15).map(({ doc }) => doc))];
    return docs.slice(0, 5).map((doc) => data.documents[doc]);
  };

  return { rank, near };
};
