import { invalid } from '../../apimachinery/status-error.ts'
import type { RequestOptions } from '../../client/request.ts'
import { forbidden, unsupported, type FieldError } from '../../schema/field-error.ts'

const MATCH = 'resourceVersionMatch'

/** Checks which options of a list go together. Throws `Invalid`. */
export function checkListOptions(options: RequestOptions): void {
  const { resourceVersionMatch: match, resourceVersion = '', sendInitialEvents } = options
  const errors: FieldError[] = []
  if (match) {
    if (resourceVersion === '') {
      const text = 'resourceVersionMatch is forbidden unless resourceVersion is provided'
      errors.push(forbidden(MATCH, text))
    }
    if (options.continue) {
      errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(unsupported(MATCH, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && resourceVersion === '0') {
      const text = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
      errors.push(forbidden(MATCH, text))
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  refuse(errors)
}

/** Checks which options of a watch go together. Throws `Invalid`. */
export function checkWatchOptions(options: RequestOptions): void {
  const { resourceVersionMatch: match, sendInitialEvents } = options
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const text = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    errors.push(forbidden(MATCH, text))
  }
  if (match) {
    if (sendInitialEvents === undefined) {
      const text =
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
      errors.push(forbidden(MATCH, text))
    }
    if (match !== 'NotOlderThan') errors.push(unsupported(MATCH, match, ['NotOlderThan']))
    if (options.continue) {
      errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'))
    }
  }
  refuse(errors)
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}
