/** Asks a webhook that judges requests by review objects: TokenReview, SubjectAccessReview. */
export interface ReviewWebhook {
  /** Posts the review and answers with the JSON that comes back. Rejects with an Error where none does in time. */
  ask(review: object, options: { readonly timeoutMs: number }): Promise<unknown>
}
