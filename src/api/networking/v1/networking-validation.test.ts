import { LABEL_RULE, SUBDOMAIN_RULE, testCreates, testUpdates } from '../../testing.ts'
import { IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Ingress,
    'nothing to do',
    { spec: {} },
    ['spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    Ingress,
    'odd names',
    {
      spec: {
        ingressClassName: 'A',
        tls: [{ hosts: ['A'], secretName: 'A' }],
        rules: [{ host: '1.2.3.4', http: { paths: [] } }],
      },
    },
    [
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths: Required value',
      `spec.tls[0].hosts[0]: Invalid value: "A": ${SUBDOMAIN_RULE}`,
      `spec.tls[0].secretName: Invalid value: "A": ${SUBDOMAIN_RULE}`,
      `spec.ingressClassName: Invalid value: "A": ${SUBDOMAIN_RULE}`,
    ],
  ],
  [
    Ingress,
    'odd paths',
    {
      spec: {
        rules: [
          { http: { paths: [{ path: 'x//', pathType: 'Prefix', backend: {} }] } },
          { http: { paths: [{ backend: {} }] } },
          {
            http: {
              paths: [{ pathType: 'X', path: '/', backend: { service: { name: 'a', port: {} } } }],
            },
          },
          {
            http: {
              paths: [
                {
                  pathType: 'Exact',
                  path: '/a/..',
                  backend: { service: { name: 'A', port: { name: 'x', number: 1 } } },
                },
              ],
            },
          },
        ],
      },
    },
    [
      'spec.rules[0].http.paths[0].path: Invalid value: "x//": must be an absolute path',
      `spec.rules[0].http.paths[0].path: Invalid value: "x//": must not contain '//'`,
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
      'spec.rules[1].http.paths[0].pathType: Required value: pathType must be specified',
      'spec.rules[2].http.paths[0].pathType: Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      'spec.rules[2].http.paths[0].backend: Required value: port name or number is required',
      `spec.rules[3].http.paths[0].path: Invalid value: "/a/..": cannot end with '/..'`,
      `spec.rules[3].http.paths[0].backend.service.name: Invalid value: "A": ${LABEL_RULE}`,
      'spec.rules[3].http.paths[0].backend: Invalid value: "": cannot set both port name & port number',
    ],
  ],
  [
    IngressClass,
    'no domain and no namespace',
    { spec: { controller: 'x', parameters: { kind: '', name: 'a', scope: 'Namespace' } } },
    [
      'spec.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")',
      'spec.parameters.kind: Required value: kind is required',
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
  ],
  [
    NetworkPolicy,
    'odd ports and peers',
    {
      spec: {
        podSelector: {},
        policyTypes: ['X'],
        ingress: [
          {
            from: [
              {},
              {
                ipBlock: {
                  cidr: '10.0.0.0/8',
                  except: ['10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/16', 'x'],
                },
                podSelector: {},
              },
            ],
            ports: [
              { port: 0, protocol: 'X' },
              { port: 10, endPort: 5 },
              { port: 'http', endPort: 1 },
              { endPort: 3 },
            ],
          },
        ],
      },
    },
    [
      'spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
      'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ingress[0].ports[1].endPort: Invalid value: 5: must be greater than or equal to `port`',
      'spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
      'spec.ingress[0].ports[3].endPort: Invalid value: 3: may not be specified when `port` is not specified',
      'spec.ingress[0].from[0]: Required value: must specify a peer',
      'spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
      'spec.ingress[0].from[1].ipBlock.except[2]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.ingress[0].from[1].ipBlock.except[3]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer',
      'spec.policyTypes[0]: Unsupported value: "X": supported values: "Ingress", "Egress"',
    ],
  ],
  [IPAddress, 'no owner', { spec: {} }, ['spec.parentRef: Required value']],
  [
    ServiceCIDR,
    'two ranges of a family',
    { spec: { cidrs: ['10.0.0.0/8', '11.0.0.0/8'] } },
    [
      'spec.cidrs: Invalid value: {"cidrs":["10.0.0.0/8","11.0.0.0/8"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
  ],
  [
    ServiceCIDR,
    'ranges written oddly',
    { spec: { cidrs: ['10.0.0.1/8', '2001:DB8::/64'] } },
    [
      'spec.cidrs[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'spec.cidrs[1]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    IngressClass,
    'another controller',
    { spec: { controller: 'a.b/c' } },
    { spec: { controller: 'a.b/d' } },
    ['spec.controller: Invalid value: "a.b/c": field is immutable'],
  ],
  [
    ServiceCIDR,
    'another range',
    { spec: { cidrs: ['10.0.0.0/8'] } },
    { spec: { cidrs: ['11.0.0.0/8'] } },
    ['spec.cidrs: Invalid value: ["10.0.0.0/8"]: field is immutable'],
  ],
  [
    NetworkPolicy,
    'a range that was always written oddly, and a new one',
    { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '010.0.0.0/8' } }] }] } },
    {
      spec: {
        podSelector: {},
        egress: [{ to: [{ ipBlock: { cidr: '010.0.0.0/8', except: ['010.1.0.0/16'] } }] }],
      },
    },
    [],
  ],
  [
    Ingress,
    'a TLS secret whose name was always wrong, but a new wrong path below a wildcard',
    {
      spec: {
        tls: [{ secretName: 'A' }],
        rules: [{ host: '*.a', http: { paths: [] } }],
      },
    },
    { spec: { tls: [{ secretName: 'B' }], rules: [{ host: '*.a' }] } },
    ['spec.rules[0].http.paths: Required value'],
  ],
  [
    Ingress,
    'rules below a wildcard that were always wrong',
    { spec: { rules: [{ host: '*.b', http: { paths: [] } }] } },
    { spec: { rules: [{ host: '*.a', http: { paths: [] } }] } },
    [],
  ],
])
