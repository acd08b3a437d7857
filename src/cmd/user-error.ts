/** A failure that the user can mend: one sentence that says what, why, and what to do. */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** 1 for a failure, 2 for wrong use of the command. */
  readonly exitCode: 1 | 2

  constructor(
    sentence: string,
    { exitCode = 1, cause }: { exitCode?: 1 | 2; cause?: unknown } = {},
  ) {
    super(sentence, { cause })
    this.exitCode = exitCode
  }
}
