import { quote } from './go-format.ts'
import { formatGroupResource, type GroupResource } from './gvk.ts'
import { StatusError } from './status-error.ts'
import { failure, type Status, type StatusReason } from './status.ts'

/** An answer that carries no Status, as a proxy on the way may give one. */
export interface UnknownAnswer {
  /** The HTTP status code. */
  readonly code: number
  /** The HTTP method. */
  readonly verb: string
  readonly resource?: GroupResource
  readonly name?: string
  /** The body, or what can be told of it. */
  readonly serverMessage: string
  readonly retryAfterSeconds?: number
  /** The body is not what an API server would send. */
  readonly isUnexpectedResponse?: boolean
}

/** Makes the best of an answer that carries no Status, in the words of client-go. */
export function genericServerResponse(answer: UnknownAnswer): StatusError {
  const { code, resource, name = '', serverMessage, retryAfterSeconds = 0 } = answer
  const [reason, text] = explain(answer)
  const causes = answer.isUnexpectedResponse
    ? [{ reason: 'UnexpectedServerResponse', message: serverMessage }]
    : []
  const status = failure(
    'InternalError',
    text + about(answer),
    {
      group: resource?.group ?? '',
      kind: resource?.resource ?? '',
      name,
      causes,
      retryAfterSeconds,
    },
    code,
  )
  const { reason: _, ...withoutReason } = status
  return new StatusError(reason === '' ? withoutReason : ({ ...status, reason } satisfies Status))
}

function about({ verb, resource, name = '' }: UnknownAnswer): string {
  if (!resource || (resource.group === '' && resource.resource === '')) return ''
  const what = `${verb.toLowerCase()} ${formatGroupResource(resource)}`
  return ` (${what}${name === '' ? '' : ` ${name}`})`
}

function explain({ code, verb, serverMessage }: UnknownAnswer): [StatusReason | '', string] {
  if (code === 409) {
    const reason = verb.toUpperCase() === 'POST' ? 'AlreadyExists' : 'Conflict'
    return [reason, 'the server reported a conflict']
  }
  if (code === 403) return ['Forbidden', serverMessage]
  if (code === 415) return ['UnsupportedMediaType', serverMessage]
  if (code === 406 && serverMessage !== '' && serverMessage !== 'unknown') {
    return ['NotAcceptable', serverMessage]
  }
  const known = TEXTS[code]
  if (known) return known
  if (code >= 500) {
    const text = `an error on the server (${quote(serverMessage)}) has prevented the request from succeeding`
    return ['InternalError', text]
  }
  const text = `the server responded with the status code ${code} but did not return more information`
  return ['', text]
}

const TEXTS: Readonly<Record<number, [StatusReason, string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: [
    'NotAcceptable',
    'the server was unable to respond with a content type that the client supports',
  ],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: [
    'TooManyRequests',
    'the server has received too many requests and has asked us to try again later',
  ],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
}
