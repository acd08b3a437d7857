import { BOOL, DYN, INT } from './declared-type.ts'
import type { DeclaredType } from './declared-type.ts'
import { STRING, TIMESTAMP, declareList, declareMap, declareStruct } from './declare.ts'

const KIND = declareStruct('kubernetes.GroupVersionKind', {
  group: STRING,
  version: STRING,
  kind: STRING,
})
const RESOURCE = declareStruct('kubernetes.GroupVersionResource', {
  group: STRING,
  version: STRING,
  resource: STRING,
})
const USER = declareStruct('kubernetes.UserInfo', {
  username: STRING,
  uid: STRING,
  groups: declareList(STRING),
  extra: declareMap(declareList(STRING)),
})

/** The variable `request` of admission policies and match conditions: an AdmissionRequest without its objects. */
export const ADMISSION_REQUEST: DeclaredType = declareStruct('kubernetes.AdmissionRequest', {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER,
  dryRun: BOOL,
  options: DYN,
})

const CONDITION = declareStruct('kubernetes.NamespaceCondition', {
  status: STRING,
  type: STRING,
  lastTransitionTime: TIMESTAMP,
  message: STRING,
  reason: STRING,
})
const METADATA = declareStruct('kubernetes.NamespaceMetadata', {
  name: STRING,
  generateName: STRING,
  namespace: STRING,
  labels: declareMap(STRING),
  annotations: declareMap(STRING),
  UID: STRING,
  creationTimestamp: TIMESTAMP,
  deletionGracePeriodSeconds: INT,
  deletionTimestamp: TIMESTAMP,
  generation: INT,
  resourceVersion: STRING,
  finalizers: declareList(STRING),
})

/** The variable `namespaceObject`: what expressions may see of the Namespace that a request is for. */
export const NAMESPACE: DeclaredType = declareStruct('kubernetes.Namespace', {
  metadata: METADATA,
  spec: declareStruct('kubernetes.NamespaceSpec', { finalizers: declareList(STRING) }),
  status: declareStruct('kubernetes.NamespaceStatus', {
    conditions: declareList(CONDITION),
    phase: STRING,
  }),
})
