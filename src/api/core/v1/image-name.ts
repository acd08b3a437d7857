/** The parts of an image's name, such as `registry.k8s.io/pause:3.10@sha256:…`. */
export interface ImageName {
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
}

/** Takes an image's name apart. No check is made: whether the name is valid, the container runtime tells. */
export function parseImageName(image: string): ImageName {
  const [named = '', digest] = image.split('@', 2)
  const colon = named.lastIndexOf(':')
  // A colon before the last slash begins a port.
  const hasTag = colon > named.lastIndexOf('/')
  const repository = hasTag ? named.slice(0, colon) : named
  return {
    repository,
    ...(hasTag && { tag: named.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  }
}

/** The pull policy of an image where none is given: a tag that moves is pulled each time. */
export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  if (!image) return 'IfNotPresent'
  const { tag, digest } = parseImageName(image)
  const isLatest = tag === 'latest' || (tag === undefined && digest === undefined)
  return isLatest ? 'Always' : 'IfNotPresent'
}
