import { readFile } from 'node:fs/promises'
import type { Logger } from '../base/logger.ts'
import { followedFile } from '../base/followed-file.node.ts'
import { certificatesFromPem } from '../pki/certificate.ts'

/** Authorities beside the cluster's own whose certificates users may show. */
export interface ClientAuthorities extends Disposable {
  /** PEM; empty where there are none. */
  readonly pem: string
}

export interface ClientAuthoritiesOptions {
  /** A bundle, PEM. */
  readonly file: string | undefined
  readonly logger: Logger
  /** Called when the bundle has become another one. */
  readonly onChange: () => void
}

/** Follows `--client-ca-file`. A bundle that cannot be used is logged and changes nothing; at the start, it throws. */
export async function clientAuthorities({
  file,
  logger,
  onChange,
}: ClientAuthoritiesOptions): Promise<ClientAuthorities> {
  if (file === undefined) return { pem: '', [Symbol.dispose]: () => undefined }
  const text = await readFile(file, 'utf8')
  const messages = {
    used: 'The client authorities have been reloaded',
    refused: 'Cannot use the client authorities; the last ones stay in force',
  }
  const start = { text, first: checked(text) }
  const bundle = followedFile(file, start, { make: checked, logger, messages, onChange })
  return {
    get pem() {
      return bundle.current
    },
    [Symbol.dispose]: () => bundle[Symbol.dispose](),
  }
}

function checked(text: string): string {
  if (certificatesFromPem(text).length > 0) return text
  throw new Error('data does not contain any valid RSA or ECDSA certificates')
}
