const RESERVED: ReadonlySet<string> = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
)
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/**
 * The name by which an expression reads a property: `foo-bar` as `foo__dash__bar`, `namespace` as `__namespace__`;
 * undefined where it cannot. See https://kubernetes.io/docs/reference/using-api/cel/#escaping.
 */
export function escapeName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`
  if (!/^[a-zA-Z_][a-zA-Z0-9_./-]*$/.test(name)) return undefined
  return name.replaceAll(/__|[./-]/g, (part) => ESCAPES[part]!)
}
