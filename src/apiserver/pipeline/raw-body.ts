/** A request's body as it came over HTTP. It is decoded only when the request is known to be allowed. */
export class RawBody {
  readonly bytes: Uint8Array
  readonly contentType: string | undefined

  constructor(bytes: Uint8Array, contentType: string | undefined) {
    this.bytes = bytes
    this.contentType = contentType
  }
}
