import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { isIP } from 'node:net'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import type {
  WebhookAnswer,
  WebhookCaller,
  WebhookCredentials,
  WebhookTarget,
} from './webhook-caller.ts'

const ANSWER_BYTES_MAX = 64 * 1024 * 1024 // Lists are converted whole, and may be large.

/** Calls webhooks over HTTPS, on connections that are kept open. Disposing it closes them. */
export function httpsWebhooks(): WebhookCaller & Disposable {
  const agent = new Agent({ keepAlive: true })
  return {
    post: (target, body, signal) => post(agent, target, body, signal),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function post(
  agent: Agent,
  { host, port, path, serverName, ca, credentials = { type: 'none' } }: WebhookTarget,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const headers = {
    accept: JSON_TYPE,
    'content-type': JSON_TYPE,
    'content-length': body.length,
    host: port === 443 ? serverName : `${serverName}:${port}`,
    'user-agent': 'kube-apiserver-admission',
    ...authorization(credentials),
  }
  const trust = {
    ...(ca !== undefined && { ca }),
    // Addresses are no names: a certificate is held against what is connected to.
    ...(isIP(serverName) === 0 && { servername: serverName }),
    ...(credentials.type === 'certificate' && { cert: credentials.cert, key: credentials.key }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        method: 'POST',
        host,
        port,
        path,
        headers,
        signal,
        ...trust,
      },
      (response) => {
        readAll(response).then(
          (whole) => resolve({ status: response.statusCode ?? 0, body: whole }),
          reject,
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function authorization(credentials: WebhookCredentials): { readonly authorization?: string } {
  if (credentials.type === 'token') return { authorization: `Bearer ${credentials.token}` }
  if (credentials.type !== 'basic') return {}
  const { username, password } = credentials
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

async function readAll(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) {
      response.destroy()
      throw new Error(`the answer has more than ${ANSWER_BYTES_MAX} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
