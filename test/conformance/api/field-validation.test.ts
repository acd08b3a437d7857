import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'

const APPLY = 'application/apply-patch+yaml'

/** A Deployment with room for what does not belong there. */
function deployment(name: string, metadata: string, spec: string): string {
  return `{
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "${name}", "namespace": "default", "labels": {"app": "nginx"}${metadata}},
    "spec": {${spec} "selector": {"matchLabels": {"app": "nginx"}},
      "template": {"metadata": {"labels": {"app": "nginx"}},
        "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}}
  }`
}

describe('field validation', () => {
  const api = suite()

  /** What the server says to a body that is created, and to one that is applied. */
  async function refusals(name: string, body: string): Promise<readonly string[]> {
    const path = '/apis/apps/v1/namespaces/default/deployments'
    const strict = 'fieldValidation=Strict'
    const answers = await Promise.all([
      api.rest.call('POST', `${path}?${strict}`, { body }),
      api.rest.call('PATCH', `${path}/${name}?${strict}&fieldManager=test`, {
        body,
        headers: { 'content-type': APPLY },
      }),
    ])
    return answers.map(({ status, body: said }) => `${status} ${String(said['message'])}`)
  }

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object [Conformance]',
    async () => {
      const body = deployment(
        'typed',
        '',
        '"unknownField": 1, "replicas": 1, "paused": true, "paused": true,',
      )
      const [created, applied] = await refusals('typed', body)
      assert.equal(
        created,
        '400 Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.unknownField", duplicate field "spec.paused"',
      )
      // A field that stands twice is no YAML at all.
      assert.match(applied!, /^400 error strict decoding YAML: [^]*key "paused" already set in map/)
      const [, unknown] = await refusals('typed', deployment('typed', '', '"unknownField": 1,'))
      assert.match(
        unknown!,
        /^500 failed to create typed patch object \(default\/typed; apps\/v1, Kind=Deployment\): \.spec\.unknownField: field not declared in schema$/,
      )
    },
  )

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object [Conformance]',
    async () => {
      const [created, applied] = await refusals(
        'meta',
        deployment('meta', ', "unknownMeta": "foo"', ''),
      )
      assert.equal(
        created,
        '400 Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "metadata.unknownMeta"',
      )
      assert.match(applied!, /\.metadata\.unknownMeta: field not declared in schema/)
    },
  )
})
