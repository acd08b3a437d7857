import { DEFAULT_FEATURES, type Features } from '../../../api/features.ts'
import { exactFieldValue, parseFieldSelector } from '../../../apimachinery/fields.ts'
import { ParseError } from '../../../apimachinery/parse-error.ts'
import { nodeRules } from '../../bootstrap-policy/component-rules.ts'
import type { Rule } from '../../bootstrap-policy/rules.ts'
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../authorizer.ts'
import { Grants } from '../rbac/grants.ts'
import type { NodeGraph } from './node-graph.ts'
import { nodeIdentity } from './node-identity.ts'
import type { PodReference } from '../../../api/core/v1/pod-references.ts'

const NODE_LEASES = 'kube-node-lease'

/** A question of a node. */
interface Question {
  readonly node: string
  readonly graph: NodeGraph
  readonly attributes: ResourceAttributes
}

type ResourceAttributes = AuthorizationAttributes & { readonly type: 'resource' }
/** Nothing speaks against it, or why not. */
type Verdict = 'allow' | { readonly because: string }

const NO: Verdict = { because: '' }

/**
 * Lets each node read what the Pods bound to it need, and write what is its own:
 * https://kubernetes.io/docs/reference/access-authn-authz/node/. What a write may say is for the admission plugin
 * NodeRestriction to judge.
 */
export function nodeAuthorizer(
  graph: NodeGraph,
  features: Features = DEFAULT_FEATURES,
): Authorizer {
  const rules = grantsOf(nodeRules(features))
  return {
    name: 'Node',
    authorize(attributes) {
      const node = nodeIdentity(attributes.user)
      if (node === undefined) return NO_OPINION
      if (node === '')
        return refusal(`unknown node for user ${JSON.stringify(attributes.user.name)}`)
      const special = attributes.type === 'resource' && SPECIAL[resourceOf(attributes)]
      if (special) return decisionOf(special({ node, graph, attributes }))
      return rules.reasonFor(attributes) === undefined ? NO_OPINION : ALLOW
    },
  }
}

const NO_OPINION: AuthorizationDecision = { decision: 'noOpinion', reason: '' }
const ALLOW: AuthorizationDecision = { decision: 'allow', reason: '' }

function refusal(reason: string): AuthorizationDecision {
  return { decision: 'noOpinion', reason }
}

function decisionOf(verdict: Verdict): AuthorizationDecision {
  return verdict === 'allow' ? ALLOW : refusal(verdict.because)
}

function grantsOf(rules: readonly Rule[]): Grants {
  const grants = new Grants()
  for (const rule of rules) grants.add(rule, '')
  return grants
}

function resourceOf({ group, resource }: ResourceAttributes): string {
  return group === '' ? resource : `${resource}.${group}`
}

/** Resources of which a node may not have all. */
const SPECIAL: Readonly<Record<string, (question: Question) => Verdict>> = {
  secrets: (question) => readOne(question, 'Secret'),
  configmaps: (question) => readOne(question, 'ConfigMap'),
  persistentvolumeclaims: (question) =>
    question.attributes.subresource === 'status'
      ? updateStatusOfClaim(question)
      : getClaim(question),
  persistentvolumes: (question) =>
    getOne(question, ({ graph, node, attributes }) => graph.hasVolume(node, attributes.name)),
  'resourceclaims.resource.k8s.io': (question) =>
    getOne(question, (each) => refersTo(each, 'ResourceClaim')),
  'volumeattachments.storage.k8s.io': (question) =>
    getOne(question, ({ graph, node, attributes }) => graph.hasAttachment(node, attributes.name)),
  serviceaccounts: serviceAccount,
  'leases.coordination.k8s.io': lease,
  'csinodes.storage.k8s.io': csiNode,
  'resourceslices.resource.k8s.io': resourceSlice,
  'podcertificaterequests.certificates.k8s.io': podCertificateRequest,
  nodes: nodeObject,
  pods: pod,
}

function refersTo({ graph, node, attributes }: Question, kind: PodReference['kind']): boolean {
  const { namespace, name } = attributes
  return graph.refersTo(node, { kind, namespace, name })
}

/** Allows what the node has to do with. */
function related(question: Question, isRelated: (question: Question) => boolean): Verdict {
  const { node, attributes } = question
  if (attributes.name === '') return { because: 'No Object name found' }
  if (isRelated(question)) return 'allow'
  return { because: `no relationship found between node '${node}' and this object` }
}

function readOne(question: Question, kind: PodReference['kind']): Verdict {
  const { verb, subresource, namespace } = question.attributes
  if (!['get', 'list', 'watch'].includes(verb)) {
    return { because: 'can only read resources of this type' }
  }
  if (subresource !== '') return { because: 'cannot read subresource' }
  if (namespace === '') return { because: 'can only read namespaced object of this type' }
  return related(question, (each) => refersTo(each, kind))
}

function getOne(question: Question, isRelated: (question: Question) => boolean): Verdict {
  const { verb, subresource } = question.attributes
  if (verb !== 'get') return { because: 'can only get individual resources of this type' }
  if (subresource !== '') return { because: 'cannot get subresource' }
  return related(question, isRelated)
}

function getClaim(question: Question): Verdict {
  return getOne(question, (each) => refersTo(each, 'PersistentVolumeClaim'))
}

function updateStatusOfClaim(question: Question): Verdict {
  const { verb } = question.attributes
  if (verb !== 'update' && verb !== 'patch') {
    return { because: 'can only get/update/patch this type' }
  }
  return related(question, (each) => refersTo(each, 'PersistentVolumeClaim'))
}

// Tokens to run Pods with, and accounts to log in to image registries with (KEP-4412).
function serviceAccount(question: Question): Verdict {
  const { verb, subresource, name } = question.attributes
  if (verb === 'get') return getOne(question, (each) => refersTo(each, 'ServiceAccount'))
  if (verb !== 'create' || name === '') {
    return { because: 'can only create tokens for individual service accounts' }
  }
  if (subresource !== 'token') {
    return { because: 'can only create token subresource of serviceaccount' }
  }
  return related(question, (each) => refersTo(each, 'ServiceAccount'))
}

const OWN_VERBS = ['get', 'create', 'update', 'patch', 'delete']

// The name of what is created is not known yet; NodeRestriction looks at it.
function lease({ node, attributes }: Question): Verdict {
  const { verb, namespace, name } = attributes
  if (!OWN_VERBS.includes(verb)) {
    return { because: 'can only get, create, update, patch, or delete a node lease' }
  }
  if (namespace !== NODE_LEASES) {
    return { because: `can only access leases in the "${NODE_LEASES}" system namespace` }
  }
  if (verb === 'create' || name === node) return 'allow'
  return { because: 'can only access node lease with the same name as the requesting node' }
}

function csiNode({ node, attributes }: Question): Verdict {
  const { verb, subresource, name } = attributes
  if (!OWN_VERBS.includes(verb)) {
    return { because: 'can only get, create, update, patch, or delete a CSINode' }
  }
  if (subresource !== '') return { because: 'cannot authorize CSINode subresources' }
  if (verb === 'create' || name === node) return 'allow'
  return { because: 'can only access CSINode with the same name as the requesting node' }
}

function resourceSlice(question: Question): Verdict {
  const { node, graph, attributes } = question
  if (attributes.subresource !== '') {
    return { because: 'cannot authorize ResourceSlice subresources' }
  }
  switch (attributes.verb) {
    case 'create':
      return 'allow'
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related(question, () => graph.hasSlice(node, attributes.name))
    case 'watch':
    case 'list':
    case 'deletecollection':
      if (demands(attributes, 'nodeName', node)) return 'allow'
      return {
        because: 'can only list/watch/deletecollection resourceslices with nodeName field selector',
      }
    default:
      return {
        because:
          'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      }
  }
}

// Certificates for the node's own Pods (KEP-4317); for which, NodeRestriction looks at.
function podCertificateRequest({ node, attributes }: Question): Verdict {
  const { verb, subresource } = attributes
  if (subresource !== '') {
    return {
      because: `nodes may not access the ${subresource} subresource of podcertificaterequests`,
    }
  }
  switch (verb) {
    case 'create':
      return 'allow'
    case 'list':
    case 'watch':
      if (demands(attributes, 'spec.nodeName', node)) return 'allow'
      return {
        because: 'can only list/watch podcertificaterequests with spec.nodeName field selector',
      }
    default:
      return { because: `nodes may not ${verb} podcertificaterequests` }
  }
}

// What is written is for NodeRestriction to judge, here and below.
function nodeObject({ node, attributes }: Question): Verdict {
  const { verb, subresource, name } = attributes
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? 'allow' : NO
  if (subresource !== '') return NO
  if (['create', 'update', 'patch'].includes(verb)) return 'allow'
  if (!['get', 'list', 'watch'].includes(verb)) return NO
  if (name === node) return 'allow'
  const what = name === '' ? 'all nodes' : `'${name}'`
  return { because: `node '${node}' cannot read ${what}, only its own Node object` }
}

function pod(question: Question): Verdict {
  const { verb, subresource } = question.attributes
  switch (subresource) {
    case '':
      return podItself(question)
    case 'status':
      return verb === 'update' || verb === 'patch' ? 'allow' : NO
    case 'eviction':
      return verb === 'create' ? 'allow' : NO
    default:
      return NO
  }
}

function podItself(question: Question): Verdict {
  const { node, graph, attributes } = question
  const { verb, namespace, name } = attributes
  const isOwn = (): boolean => graph.hasPod(node, namespace, name)
  switch (verb) {
    case 'get':
      return related(question, isOwn)
    case 'list':
    case 'watch':
      if (demands(attributes, 'spec.nodeName', node)) return 'allow'
      if (name !== '') return related(question, isOwn)
      return { because: 'can only list/watch pods with spec.nodeName field selector' }
    case 'create':
    case 'delete':
      return 'allow'
    default:
      return NO
  }
}

/** Whether the field selector of the request demands this value of a field. */
function demands({ fieldSelector }: ResourceAttributes, field: string, value: string): boolean {
  if (fieldSelector === undefined) return false
  try {
    return exactFieldValue(parseFieldSelector(fieldSelector), field) === value
  } catch (error) {
    if (error instanceof ParseError) return false
    throw error
  }
}
