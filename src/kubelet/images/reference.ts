import { quote } from '../../apimachinery/go-format.ts'

const DEFAULT_REGISTRY = 'docker.io'
const NAME_LENGTH_MAX = 255
const DIGEST_HEX_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 }

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const DOMAIN_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const DOMAIN = `(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const TAG = '[\\w][\\w.-]{0,127}'
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const REFERENCE = new RegExp(
  `^(?<name>${DOMAIN}/${COMPONENT}(?:/${COMPONENT})*)(?::(?<tag>${TAG}))?(?:@(?<digest>${DIGEST}))?$`,
)

/** A reference to an image, complete. */
export interface ImageReference {
  /** Registry and repository: `docker.io/library/busybox`. */
  readonly name: string
  /** `latest` where the text had neither tag nor digest. */
  readonly tag?: string
  /** `sha256:…` */
  readonly digest?: string
}

/** The text is no reference to an image; the message is upstream's. */
export class InvalidImageNameError extends Error {
  override readonly name = 'InvalidImageNameError'
}

/**
 * Reads an image reference as Docker and containerd do (https://github.com/distribution/reference): `busybox` is
 * `docker.io/library/busybox:latest`. Throws `InvalidImageNameError`.
 */
export function parseImageReference(text: string): ImageReference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(
      text,
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    )
  }
  const [registry, rest] = splitRegistry(text)
  const [repository = ''] = rest.split(':')
  if (repository !== repository.toLowerCase()) {
    throw invalid(
      text,
      `invalid reference format: repository name (${repository}) must be lowercase`,
    )
  }
  const { name, tag, digest } = REFERENCE.exec(`${registry}/${rest}`)?.groups ?? {}
  if (name === undefined) throw invalid(text, 'invalid reference format')
  if (name.length > NAME_LENGTH_MAX) {
    throw invalid(text, `repository name must not be more than ${NAME_LENGTH_MAX} characters`)
  }
  if (digest !== undefined) checkDigest(text, digest)
  if (tag === undefined && digest === undefined) return { name, tag: 'latest' }
  return { name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

/** A reference with registry, repository and tag or digest: `docker.io/library/busybox:latest`. */
export function normalizeImage(text: string): string {
  const { name, tag, digest } = parseImageReference(text)
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** The same text, with `:latest` where it has neither tag nor digest; short names stay short for the runtime. */
export function withDefaultTag(text: string): string {
  const { tag, digest } = parseImageReference(text)
  return digest === undefined && tag !== undefined && !text.endsWith(`:${tag}`)
    ? `${text}:${tag}`
    : text
}

function splitRegistry(text: string): readonly [registry: string, rest: string] {
  const slash = text.indexOf('/')
  const first = text.slice(0, Math.max(slash, 0))
  // Only what cannot be a repository is a registry: a dot, a port, an upper-case letter, or localhost.
  const isRegistry = slash >= 0 && (/[.:A-Z]/.test(first) || first === 'localhost')
  const registry = isRegistry && first !== 'index.docker.io' ? first : DEFAULT_REGISTRY
  const rest = isRegistry ? text.slice(slash + 1) : text
  const official = registry === DEFAULT_REGISTRY && !rest.includes('/')
  return [registry, official ? `library/${rest}` : rest]
}

function checkDigest(text: string, digest: string): void {
  const [algorithm = '', hex = ''] = digest.split(':')
  const length = Object.hasOwn(DIGEST_HEX_LENGTHS, algorithm)
    ? DIGEST_HEX_LENGTHS[algorithm]
    : undefined
  if (length === undefined) throw invalid(text, 'unsupported digest algorithm')
  if (hex.length !== length) throw invalid(text, 'invalid checksum digest length')
  if (!/^[a-f0-9]+$/.test(hex)) throw invalid(text, 'invalid checksum digest format')
}

function invalid(text: string, reason: string): InvalidImageNameError {
  return new InvalidImageNameError(`couldn't parse image name ${quote(text)}: ${reason}`)
}
