/** How the server shows a webhook who it is. */
export type WebhookCredentials =
  | { readonly type: 'none' }
  | { readonly type: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }

/** Finds out how to show oneself to who listens at `host:port`; a Service's host is `name.namespace.svc`. */
export type WebhookUsers = (hostPort: string) => Promise<WebhookCredentials>

/** Where a webhook listens, and what it must show to be believed. */
export interface WebhookTarget {
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
  /** The name that its certificate must be for. */
  readonly serverName: string
  /** Whose certificates are believed, PEM; the system's where absent. */
  readonly ca?: string
  readonly credentials?: WebhookCredentials
}

export interface WebhookAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Speaks HTTPS to webhooks. */
export interface WebhookCaller {
  /** Posts JSON. Rejects where there is no answer, or none that is small enough. */
  post(target: WebhookTarget, body: Uint8Array, signal: AbortSignal): Promise<WebhookAnswer>
}
