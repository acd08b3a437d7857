import { readFile } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'

/** How a client shows who it is. */
export type Credentials =
  | { readonly type: 'none' }
  | { readonly type: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }

/**
 * Asked before each request, so that certificates and tokens can be renewed while running. The same object means that
 * nothing has changed, and connections are kept.
 */
export type CredentialSource = () => Credentials | Promise<Credentials>

const RELOAD_MS = 60_000 // Tokens are renewed long before they end, so a minute late is early enough.

/** A bearer token from a file that somebody else keeps up to date, as in a pod. */
export function tokenFile(path: string, clock: Clock): CredentialSource {
  let loaded: { readonly credentials: Credentials; readonly atMs: number } | undefined
  return async () => {
    const nowMs = clock.monotonic()
    if (loaded && nowMs - loaded.atMs < RELOAD_MS) return loaded.credentials
    const token = (await readFile(path, 'utf8')).trim()
    const before = loaded?.credentials
    const credentials: Credentials =
      before?.type === 'token' && before.token === token ? before : { type: 'token', token }
    loaded = { credentials, atMs: nowMs }
    return credentials
  }
}
