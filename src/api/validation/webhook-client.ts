import { dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { portNumberProblems } from '../../apimachinery/value-rules.ts'
import { invalid, required, type FieldError } from '../../schema/field-error.ts'
import { certificateBundleProblem } from './pem.ts'
import { NONE } from './rules.ts'

const FORM = '; desired format: https://host[/path]'

/** The URL of a webhook: https, and nothing beside host and path. */
export function validateWebhookUrl(text: string, path: string): FieldError[] {
  const url = URL.parse(text)
  if (!url) {
    const scheme = /^[a-z][a-z0-9+.-]*:/i.test(text) ? '' : 'https'
    return scheme
      ? [
          invalid(path, '', `'https' is the only allowed URL scheme${FORM}`),
          invalid(path, '', `host must be specified${FORM}`),
        ]
      : [
          required(
            path,
            `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${FORM}`,
          ),
        ]
  }
  const user = url.password ? `${url.username}:${url.password}` : url.username
  const scheme = url.protocol.slice(0, -1)
  return [
    ...(scheme === 'https'
      ? NONE
      : [invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(url.host ? NONE : [invalid(path, '', `host must be specified${FORM}`)]),
    ...(user ? [invalid(path, user, 'user information is not permitted in the URL')] : NONE),
    ...(url.hash
      ? [invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL')]
      : NONE),
    ...(url.search
      ? [invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL')]
      : NONE),
  ]
}

export interface WebhookService {
  readonly name?: string
  readonly namespace?: string
  readonly path?: string
  readonly port?: number
}

/** The Service that a webhook is reached through. */
export function validateWebhookService(
  { name, namespace, path: urlPath = '', port = 0 }: WebhookService,
  path: string,
): FieldError[] {
  const problems = portNumberProblems(port)
  return [
    ...(name ? NONE : [required(`${path}.name`, 'service name is required')]),
    ...(namespace ? NONE : [required(`${path}.namespace`, 'service namespace is required')]),
    ...(problems.length > 0
      ? [invalid(`${path}.port`, port, `port is not valid: ${problems.join(', ')}`)]
      : NONE),
    ...validateUrlPath(urlPath, `${path}.path`),
  ]
}

function validateUrlPath(urlPath: string, path: string): FieldError[] {
  if (urlPath === '' || urlPath === '/') return NONE
  if (urlPath === '//') return [invalid(path, urlPath, 'segment[0] may not be empty')]
  const segments = urlPath.slice(1).replace(/\/$/, '').split('/')
  return [
    ...(urlPath.startsWith('/') ? NONE : [invalid(path, urlPath, "must start with a '/'")]),
    ...segments.flatMap((segment, i) => {
      const problems = segment ? dns1123SubdomainProblems(segment) : undefined
      return problems
        ? problems.map((problem) => invalid(path, urlPath, `segment[${i}]: ${problem}`))
        : [invalid(path, urlPath, `segment[${i}] may not be empty`)]
    }),
  ]
}

/** The certificates that a server is verified with. */
export function validateCaBundle(bundle: string | undefined, path: string): FieldError[] {
  const problem = bundle ? certificateBundleProblem(bundle) : undefined
  return problem === undefined
    ? NONE
    : [invalid(path, bundle, `unable to load root certificates: ${problem}`)]
}
