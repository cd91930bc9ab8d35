// Python source with its words told apart.

const KEYWORDS =
  "and|as|assert|async|await|break|class|continue|def|elif|else|except|False|finally|for|from|if|import|in|is|lambda|None|not|or|pass|raise|return|True|try|while|with|yield";
const PYTHON = new RegExp(
  [
    String.raw`("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')`,
    String.raw`(#.*)`,
    String.raw`(@[\w.]+)`,
    String.raw`\b(${KEYWORDS})\b`,
    String.raw`\b(\d[\w.]*)`,
  ].join("|"),
  "g",
);
const TOKENS = ["text", "comment", "decorator", "keyword", "number"];

function highlighted(code) {
  const parts = [];
  let end = 0;
  for (const match of code.matchAll(PYTHON)) {
    parts.push(
      code.slice(end, match.index),
      make(`span.${TOKENS[match.slice(1).findIndex((group) => group !== undefined)]}`, {}, match[0]),
    );
    end = match.index + match[0].length;
  }
  return [...parts, code.slice(end)];
}
