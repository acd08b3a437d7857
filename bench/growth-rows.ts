import { usageOf } from './cluster.ts'
import { Connection } from './http-client.ts'
import { largePod, NAMESPACE, withPods, withTarget } from './request-rows.ts'
import type { Figure, Row } from './row.ts'

/** How cost grows with what the cluster holds: what grows with it shows as a slope, and a bad idea as a steep one. */
export const GROWTH_ROWS: readonly Row[] = [
  {
    name: 'growth',
    what: 'one request at a time, while the Pods of 4 KB in the cluster grow from 100 to 100,000',
    measure: (context) =>
      withTarget(context, async (target, cluster) => {
        const figures: Figure[] = []
        for (const pods of PODS) {
          await withPods(target, pods, { connections: 32, pod: largePod })
          const connection = await Connection.open(target) // An older one would have been closed as idle.
          const at = async (series: string, request: Request): Promise<Figure> => ({
            name: `${series}, ${pods.toLocaleString('en')} Pods`,
            value: await medianMs(connection, request),
            unit: 'ms',
            point: { series, x: pods },
          })
          figures.push(
            await at('GET', { method: 'GET', path: `${PATH}/pod-${pods - 1}` }),
            await at('LIST of 100', { method: 'GET', path: `${PATH}?limit=100` }),
            await at('LIST by a node', { method: 'GET', path: `${PATH}?${ON_NO_NODE}` }),
            await at('create', { method: 'POST', path: CONFIG_MAPS, body: configMap(pods) }),
          )
          connection.close()
          if (cluster) figures.push(await resident(cluster, pods))
        }
        return figures
      }),
  },
]

const PODS = [100, 1000, 10_000, 100_000]
const PATH = `/api/v1/namespaces/${NAMESPACE}/pods`
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`
const ON_NO_NODE = 'fieldSelector=spec.nodeName%3Dnobody'
const REPEATED = 101

interface Request {
  readonly method: string
  readonly path: string
  readonly body?: (i: number) => string
}

function configMap(pods: number): (i: number) => string {
  return (i) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `growth-${pods}-${i}` },
      data: { key: 'x'.repeat(1000) },
    })
}

async function medianMs(connection: Connection, request: Request): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < REPEATED; i++) {
    const startMs = performance.now()
    const { status } = await connection.send(request.method, request.path, request.body?.(i))
    took.push(performance.now() - startMs)
    if (status >= 300) throw new Error(`${request.method} ${request.path} answered ${status}`)
  }
  return took.toSorted((a, b) => a - b)[Math.floor(REPEATED / 2)]!
}

async function resident(
  cluster: { status(): Promise<{ readonly pid: number }> },
  pods: number,
): Promise<Figure> {
  const { residentMiB } = await usageOf((await cluster.status()).pid)
  return { name: `resident, ${pods.toLocaleString('en')} Pods`, value: residentMiB, unit: 'MiB' }
}
