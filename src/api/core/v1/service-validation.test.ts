import {
  LABEL_RULE,
  LABEL_VALUE_RULE,
  NAME_RULE,
  SUBDOMAIN_RULE,
  testCreates,
  testUpdates,
} from '../../testing.ts'
import { Service } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [Service, 'nothing wrong', { spec: { ports: [{ port: 80 }] } }, []],
  [Service, 'no ports', { spec: { ports: [] } }, ['spec.ports: Required value']],
  [Service, 'no ports and no address', { spec: { ports: [], clusterIP: 'None' } }, []],
  [
    Service,
    'ports without good names',
    { spec: { ports: [{ port: 80 }, { port: 81, name: 'B' }] } },
    ['spec.ports[0].name: Required value', `spec.ports[1].name: Invalid value: "B": ${LABEL_RULE}`],
  ],
  [
    Service,
    'the same port twice',
    {
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
    },
    ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
  ],
  [
    Service,
    'a port that is none',
    { spec: { ports: [{ port: 70000, protocol: 'X', targetPort: '-' }] } },
    [
      'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      'spec.ports[0].targetPort: Invalid value: "-": must contain at least one letter (a-z)',
      'spec.ports[0].targetPort: Invalid value: "-": must not begin or end with a hyphen',
    ],
  ],
  [
    Service,
    'unknown values',
    { spec: { ports: [{ port: 80 }], type: 'X', sessionAffinity: 'Y' } },
    [
      'spec.sessionAffinity: Unsupported value: "Y": supported values: "ClientIP", "None"',
      'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    Service,
    'no external name',
    { spec: { ports: [{ port: 80 }], type: 'ExternalName' } },
    ['spec.externalName: Required value'],
  ],
  [
    Service,
    'a bad external name and an address',
    {
      spec: {
        ports: [{ port: 80 }],
        type: 'ExternalName',
        externalName: 'A',
        clusterIP: '10.0.0.1',
      },
    },
    [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      `spec.externalName: Invalid value: "A": ${SUBDOMAIN_RULE}`,
    ],
  ],
  [
    Service,
    'a node port that it cannot have',
    { spec: { ports: [{ port: 80, nodePort: 30000 }] } },
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    Service,
    'a policy for traffic that it does not get',
    { spec: { ports: [{ port: 80 }], externalTrafficPolicy: 'Local', healthCheckNodePort: 30000 } },
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  ],
  [
    Service,
    'odd source ranges',
    {
      spec: {
        ports: [{ port: 80 }],
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['10.0.0.1/8', 'x'],
      },
    },
    [
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'spec.LoadBalancerSourceRanges[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    Service,
    'odd addresses',
    { spec: { ports: [{ port: 80 }], clusterIP: '010.0.0.1', externalIPs: ['127.0.0.1', 'x'] } },
    [
      'spec.clusterIPs[0]: Invalid value: "010.0.0.1": must not have leading 0s',
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    Service,
    'addresses that do not fit together',
    {
      spec: {
        ports: [{ port: 80 }],
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.2'],
        ipFamilies: ['IPv4', 'IPv4', 'x'],
        ipFamilyPolicy: 'Z',
      },
    },
    [
      'spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`',
      'spec.ipFamilies[1]: Duplicate value: "IPv4"',
      'spec.ipFamilies[2]: Unsupported value: "x": supported values: "IPv4", "IPv6"',
      'spec.ipFamilyPolicy: Unsupported value: "Z": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
  ],
  [
    Service,
    'a balancer without address',
    { spec: { ports: [{ port: 80 }], type: 'LoadBalancer', clusterIP: 'None' } },
    [
      `spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for LoadBalancer services`,
    ],
  ],
  [
    Service,
    'affinity that ends at once',
    {
      spec: {
        ports: [{ port: 80 }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } },
      },
    },
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
  ],
  [
    Service,
    'unknown ways of traffic',
    {
      spec: {
        ports: [{ port: 80 }],
        trafficDistribution: 'X',
        internalTrafficPolicy: 'Y',
        selector: { 'a b': '?' },
      },
    },
    [
      `spec.selector: Invalid value: "a b": ${NAME_RULE}`,
      `spec.selector: Invalid value: "?": ${LABEL_VALUE_RULE}`,
      'spec.internalTrafficPolicy: Unsupported value: "Y": supported values: "Cluster", "Local"',
      'spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    Service,
    'its address left open',
    { spec: { ports: [{ port: 80 }] } },
    {
      spec: {
        ports: [{ port: 80 }],
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      },
    },
    [],
  ],
  [
    Service,
    'another address',
    {
      spec: {
        ports: [{ port: 80 }],
        clusterIP: '10.0.0.2',
        clusterIPs: ['10.0.0.1'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      },
    },
    {
      spec: {
        ports: [{ port: 80 }],
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      },
    },
    ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
  ],
])
