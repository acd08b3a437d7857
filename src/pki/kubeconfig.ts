/** What a kubeconfig says of one cluster and one user. */
export interface KubeconfigEntry {
  /** The API server's URL. */
  readonly server: string
  readonly caPem: string
  readonly clientCertPem: string
  readonly clientKeyPem: string
  /** The names that the entries get. */
  readonly cluster: string
  readonly user: string
  readonly context: string
  /** The namespace that commands work in by default. */
  readonly namespace?: string
}

/** A kubeconfig for one context, complete in itself: certificates and keys are inside. */
export function kubeconfigYaml(entry: KubeconfigEntry): string {
  const parts = kubeconfigParts(entry)
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    ...item(parts.cluster, 'cluster'),
    'contexts:',
    ...item(parts.context, 'context'),
    `current-context: ${scalar(entry.context)}`,
    'preferences: {}',
    'users:',
    ...item(parts.user, 'user'),
    '',
  ].join('\n')
}

/** A named member of one of a kubeconfig's lists. */
export interface NamedPart<K extends string> {
  readonly name: string
  readonly value: Readonly<Record<string, string>>
  readonly key: K
}

/** The same as data, by list. */
export function kubeconfigParts(entry: KubeconfigEntry): {
  readonly cluster: NamedPart<'cluster'>
  readonly context: NamedPart<'context'>
  readonly user: NamedPart<'user'>
} {
  const { server, cluster, user, context, namespace } = entry
  return {
    cluster: {
      name: cluster,
      key: 'cluster',
      value: { 'certificate-authority-data': base64(entry.caPem), server },
    },
    context: {
      name: context,
      key: 'context',
      value: { cluster, ...(namespace === undefined ? {} : { namespace }), user },
    },
    user: {
      name: user,
      key: 'user',
      value: {
        'client-certificate-data': base64(entry.clientCertPem),
        'client-key-data': base64(entry.clientKeyPem),
      },
    },
  }
}

// Written by hand, since loading a YAML library takes longer than starting most of the API server.
function item({ name, value }: NamedPart<string>, key: string): readonly string[] {
  const fields = Object.entries(value).map(([field, text]) => `    ${field}: ${scalar(text)}`)
  return [`- ${key}:`, ...fields, `  name: ${scalar(name)}`]
}

// Plain where YAML reads it as this very text, else quoted: a JSON string is a YAML string.
function scalar(text: string): string {
  const isPlain = /^[A-Za-z/][\w./@+=-]*(:[\w./@+=-]+)*$/.test(text) && !RESERVED.test(text)
  return isPlain ? text : JSON.stringify(text)
}

const RESERVED = /^(true|false|yes|no|on|off|null|y|n)$/i

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64()
}
