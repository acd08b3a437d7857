/** A patch cannot be applied to the object at hand. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
}
