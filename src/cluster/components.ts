import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { ApiServer } from '../apiserver/api-server.ts'
import type { UserInfo } from '../apiserver/authentication/authenticator.ts'
import { createClient } from '../client/create-client.ts'
import { createInformers } from '../client/shared-informers.ts'
import { startManager } from '../controller-runtime/index.ts'
import { CONTROLLERS } from '../controllers/index.ts'
import { API_GROUPS } from '../api/resources.ts'
import { startScheduler } from '../scheduler/start-scheduler.ts'
import { startSimulatedNodes } from '../simulation/simulated-nodes.ts'
import { clusterDnsAddress } from './cluster-addresses.ts'
import { publishDnsService } from './dns-service.ts'

export interface ComponentsOptions {
  readonly api: ApiServer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The certificate authority of the API server, PEM. */
  readonly rootCA: string
  readonly clusterCIDR: string
  readonly serviceRange: string
  readonly node: 'containerd' | 'simulated' | 'none'
  readonly nodes: number
}

/** Starts all that works on the API from beside it in this process: controllers, scheduler, simulated nodes. */
export async function startComponents(options: ComponentsOptions): Promise<AsyncDisposable> {
  const { api, clock, logger, random } = options
  await using stack = new AsyncDisposableStack()
  const builtIn = API_GROUPS.flatMap(({ versions }) =>
    versions.flatMap(({ resources }) => resources),
  )
  const accounts = new Map(CONTROLLERS.map(({ name, serviceAccount }) => [name, serviceAccount]))
  stack.use(
    startManager({
      controllers: CONTROLLERS.map(({ create }) => create({ ...options, builtIn })),
      transport: api.transportFor(CONTROLLER_MANAGER),
      // Each acts as a service account of its own, to which the default roles give just what it needs.
      transportOf: (name) =>
        api.transportFor(serviceAccountUser(accounts.get(name) ?? name), { userAgent: name }),
      clock,
      random,
      logger,
    }),
  )

  const transport = api.transportFor({ name: 'trierarch', groups: ['system:masters'] })
  const client = createClient(transport)
  const informers = stack.use(createInformers({ client, clock, random, logger }))
  const scheduler = createClient(api.transportFor(SCHEDULER, { userAgent: 'kube-scheduler' }))
  stack.use(startScheduler({ client: scheduler, informers, clock, random, logger }))
  if (options.node === 'containerd') {
    stack.use(
      await publishDnsService({
        client,
        informers,
        clusterIP: clusterDnsAddress(options.serviceRange),
        logger,
      }),
    )
  }
  if (options.node === 'simulated') {
    stack.use(
      await startSimulatedNodes({ client, informers, clock, random, logger, count: options.nodes }),
    )
  }
  informers.start()
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const CONTROLLER_MANAGER: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:authenticated'],
}

const SCHEDULER: UserInfo = {
  name: 'system:kube-scheduler',
  groups: ['system:authenticated'],
}

function serviceAccountUser(account: string): UserInfo {
  return {
    name: `system:serviceaccount:kube-system:${account}`,
    groups: [
      'system:serviceaccounts',
      'system:serviceaccounts:kube-system',
      'system:authenticated',
    ],
  }
}
