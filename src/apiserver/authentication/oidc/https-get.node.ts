import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { pipeline, Transform } from 'node:stream'
import type { GetDocument } from './issuer-keys.ts'

const BYTES_MAX = 1024 * 1024

/** Gets documents over HTTPS. A redirect is an answer like any other that is not 200: refused. */
export const httpsGet: GetDocument = (url, { ca, signal }) =>
  new Promise((resolve, reject) => {
    const request = get(
      url,
      { signal, agent: false, ...(ca !== undefined && { ca }) },
      (response) => {
        const { statusCode = 0 } = response
        if (statusCode !== 200) {
          response.destroy()
          reject(new Error(`Get ${JSON.stringify(url)}: status ${statusCode}`))
          return
        }
        text(pipeline(response, limited(), () => undefined)).then(resolve, reject)
      },
    )
    request.on('error', reject)
  })

function limited(): Transform {
  let length = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length
      if (length > BYTES_MAX) done(new Error(`the answer has more than ${BYTES_MAX} bytes`))
      else done(null, chunk)
    },
  })
}
