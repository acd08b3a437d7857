import type { Service } from '../api/core/v1/service.ts'
import type { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'

export interface TestEndpoint {
  readonly ip: string
  readonly node?: string
  readonly ready?: boolean
  readonly serving?: boolean
  readonly zones?: readonly string[]
  readonly nodes?: readonly string[]
}

/** For tests: Service `default/web` as it is stored, with one port 80 named `http` where its spec says no other. */
export function testService(spec: object = {}, status: object = {}, labels = {}): Service {
  return {
    metadata: { name: 'web', namespace: 'default', labels },
    spec: {
      type: 'ClusterIP',
      clusterIPs: ['10.96.0.20'],
      ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
      sessionAffinity: 'None',
      ...spec,
    },
    status: { loadBalancer: {}, ...status },
  } as unknown as Service
}

/** For tests: a slice of one family, that of its first endpoint. */
export function testSlice(
  endpoints: readonly TestEndpoint[],
  ports: readonly object[] = [{ name: 'http', protocol: 'TCP', port: 8080 }],
): EndpointSlice {
  return {
    metadata: { name: 'web-1', namespace: 'default' },
    addressType: endpoints[0]?.ip.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: endpoints.map(
      ({ ip, node = 'n1', ready = true, serving = ready, zones, nodes }) => ({
        addresses: [ip],
        nodeName: node,
        conditions: { ready, serving, terminating: !ready },
        ...((zones ?? nodes) && {
          hints: {
            ...(zones && { forZones: zones.map((name) => ({ name })) }),
            ...(nodes && { forNodes: nodes.map((name) => ({ name })) }),
          },
        }),
      }),
    ),
    ports,
  } as unknown as EndpointSlice
}
