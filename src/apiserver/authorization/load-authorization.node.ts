import { readFile } from 'node:fs/promises'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import { followedFile } from '../../base/followed-file.node.ts'
import type { ReloadStatus } from '../metrics/reload-metrics.ts'
import { decide } from '../pipeline/authorize.ts'
import { kubeconfigWebhook } from '../webhook-client/review-webhook.node.ts'
import { alwaysAllow, alwaysDeny } from './always.ts'
import type { AuthorizerChain, OwnAuthorizers } from './authorizer-chain.ts'
import type { Authorizer } from './authorizer.ts'
import {
  type AuthorizerEntry,
  parseAuthorization,
  WEBHOOK_TIMEOUT_MS_MAX,
} from './configuration/parse-authorization.ts'
import { webhookAuthorizer } from './webhook/webhook-authorizer.ts'

export interface AuthorizationPlatform {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Told whether another text of the configuration file could be used. */
  readonly onReload?: (status: ReloadStatus) => void
}

/** A chain that follows its file until it is disposed. */
export interface LoadedAuthorization extends Disposable {
  readonly chain: AuthorizerChain
}

/** The chain that an AuthorizationConfiguration describes. Throws an Error that names all that is wrong with it. */
export async function loadAuthorization(
  file: string,
  platform: AuthorizationPlatform,
): Promise<LoadedAuthorization> {
  const { clock, logger, onReload } = platform
  const make = (text: string): Promise<LoadedAuthorization> =>
    chainOf(parseAuthorization(text), platform)
  const text = await readFile(file, 'utf8')
  const followed = followedFile(
    file,
    { text, first: await make(text) },
    {
      make,
      logger,
      onReload,
      messages: {
        used: 'The authorization configuration has been reloaded',
        refused: 'Cannot use the authorization configuration; the last one stays in force',
      },
      // Questions that were put by the old rules are answered.
      release: {
        close: (chain) => chain[Symbol.dispose](),
        afterMs: WEBHOOK_TIMEOUT_MS_MAX,
        clock,
      },
    },
  )
  return {
    chain: (own) => [
      {
        name: 'Structured',
        authorize: (attributes) => decide(followed.current.chain(own), attributes),
      },
    ],
    [Symbol.dispose]: () => followed[Symbol.dispose](),
  }
}

/** The chain of these entries, in their order. */
export async function chainOf(
  entries: readonly AuthorizerEntry[],
  platform: AuthorizationPlatform,
): Promise<LoadedAuthorization> {
  using stack = new DisposableStack()
  const links: AuthorizerChain[] = []
  for (const entry of entries) links.push(await linkOf(entry, platform, stack))
  let made: { readonly own: OwnAuthorizers; readonly all: ReturnType<AuthorizerChain> } | undefined
  const owned = stack.move()
  return {
    chain(own) {
      if (made?.own !== own) made = { own, all: links.flatMap((link) => link(own)) }
      return made.all
    },
    [Symbol.dispose]: () => owned.dispose(),
  }
}

async function linkOf(
  entry: AuthorizerEntry,
  platform: AuthorizationPlatform,
  stack: DisposableStack,
): Promise<AuthorizerChain> {
  switch (entry.type) {
    case 'Node':
    case 'RBAC': {
      const { type } = entry
      return (own) => [own[type]]
    }
    case 'AlwaysAllow':
      return counted(alwaysAllow, entry.type)
    case 'AlwaysDeny':
      return counted(alwaysDeny, entry.type)
    case 'Webhook': {
      const webhook = stack.use(await kubeconfigWebhook(entry.kubeconfig, platform))
      const authorizer = webhookAuthorizer({ ...platform, ...entry.settings, webhook })
      return counted(authorizer, entry.type)
    }
    default:
      throw new Error(`unknown authorizer ${String(entry satisfies never)}`)
  }
}

function counted(authorizer: Authorizer, type: string): AuthorizerChain {
  return ({ count }) => [count?.(authorizer, type) ?? authorizer]
}
