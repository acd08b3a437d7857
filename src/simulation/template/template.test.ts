import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileTemplate } from './template.ts'
import type { TemplateContext } from './functions.ts'

const CONTEXT: TemplateContext = {
  now: '2026-01-01T00:00:00Z',
  nodeName: 'n1',
  nodeAddress: '10.0.0.1',
  podAddress: '10.1.0.2',
  nodeConditions: [{ type: 'Ready', status: 'True' }],
}

function made(source: string, object: unknown = {}): unknown {
  return compileTemplate(source)(object, CONTEXT)
}

test('compileTemplate() makes values of fields, variables and pipelines', () => {
  const object = { spec: { nodeName: 'n1', containers: [{ name: 'a: "b"' }, { name: 'c\n# d' }] } }
  const source = `
{{ $now := Now }}
{{- /* nothing */ -}}
phase: Running
at: {{ $now | Quote }}
host: {{ NodeIPWith .spec.nodeName | Quote }}
names:
{{ range $i, $each := .spec.containers }}
- { index: {{ $i }}, name: {{ $each.name | Quote }} }
{{ end }}
text: '{{ printf "%s of %d" .spec.nodeName 2 }}'
first: {{ (index .spec.containers 0).name | Quote }}
`
  assert.deepEqual(made(source, object), {
    phase: 'Running',
    at: CONTEXT.now,
    host: '10.0.0.1',
    names: [
      { index: 0, name: 'a: "b"' },
      { index: 1, name: 'c\n# d' },
    ],
    text: 'n1 of 2',
    first: 'a: "b"',
  })
})

test('compileTemplate() decides, repeats, breaks and calls as Go does', () => {
  const source = `
{{ define "item" }}
  name: {{ .item.name | Quote }}
  of: {{ .root.name | Quote }}
{{ end }}
{{ $found := 0 }}
{{ range .items }}{{ if eq .name "b" }}{{ $found = 1 }}{{ break }}{{ end }}{{ end }}
found: {{ $found }}
{{ if and .none true }}wrong: true{{ else if not .none }}right: true{{ else }}wrong: 2{{ end }}
items:
{{ range .items }}
-
{{ template "item" dict "item" . "root" $ }}
{{ else }}
[]
{{ end }}
labels:
{{ with .labels }}
{{ YAML . 1 }}
{{ else }}
  none: true
{{ end }}
more: {{ or .none "x" }}
`
  assert.deepEqual(
    made(source, { name: 'r', items: [{ name: 'a' }, { name: 'b' }], labels: { a: 'b' } }),
    {
      found: 1,
      right: true,
      items: [
        { name: 'a', of: 'r' },
        { name: 'b', of: 'r' },
      ],
      labels: { a: 'b' },
      more: 'x',
    },
  )
  assert.deepEqual(made('items:\n{{ range .items }}{{ else }}\n  []\n{{ end }}', {}), { items: [] })
})

test('compileTemplate() says what it does not know', () => {
  assert.throws(() => compileTemplate('a: {{ Nonsense }}'), /function "Nonsense" not defined/)
  assert.throws(() => compileTemplate('{{ if true }}a: 1'), /\{\{ if true \}\} has no end/)
  assert.throws(() => compileTemplate('a: {{ . '), /unclosed action/)
  assert.throws(() => compileTemplate('a: {{ . ! }}'), /unexpected "!"/)
  assert.throws(() => made('a: {{ $x }}'), /undefined variable "\$x"/)
  assert.throws(() => made('{{ template "x" }}'), /template "x" not defined/)
})
