/**
 * Replaces `$(NAME)` by the variable's value. `$$` stands for one `$`, so `$$(NAME)` stays `$(NAME)`; what refers to
 * nothing known stays as it is.
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (whole, name?: string) =>
    name === undefined ? '$' : (lookUp(name) ?? whole),
  )
}
