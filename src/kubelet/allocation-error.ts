/** The node cannot give a Pod what is to be its own; the message is for its status. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError'
  readonly reason: string

  constructor(why: string, reason = 'UnexpectedAdmissionError') {
    super(
      reason === 'UnexpectedAdmissionError'
        ? `Allocate failed due to ${why}, which is unexpected`
        : why,
    )
    this.reason = reason
  }
}
