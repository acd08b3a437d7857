import type { Body } from '../../apimachinery/body.ts'

/** A request's body as it came over HTTP. It is decoded only when the request is known to be allowed. */
export class RawBody implements Body {
  readonly bytes: Uint8Array
  readonly contentType: string | undefined
  readonly acceptsCbor: boolean

  constructor(bytes: Uint8Array, contentType: string | undefined, acceptsCbor = false) {
    this.bytes = bytes
    this.contentType = contentType
    this.acceptsCbor = acceptsCbor
  }
}
