import { int32, listOf, rawExtension, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ListMeta, ObjectMeta } from './object-meta.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class PartialObjectMetadata extends message('Any object reduced to its metadata.', {
  ...typeMeta,
  metadata: ref(
    ObjectMeta,
    1,
    'Standard object metadata: name, namespace, labels and annotations.',
  ).written(),
}) {}

export class PartialObjectMetadataList extends message('A list of PartialObjectMetadata objects.', {
  ...typeMeta,
  metadata: ref(
    ListMeta,
    1,
    'Standard list metadata: the version of the list, and where its next page starts.',
  ).written(),
  items: listOf(PartialObjectMetadata, 2, 'The objects of this page of the list.').required(),
}) {}

export class TableColumnDefinition extends message('A column of a table.', {
  name: string(0, 'Heading of the column, as clients print it.').required(),
  type: string(0, 'OpenAPI type of the cells, such as string or integer.').required(),
  format: string(
    0,
    'OpenAPI format that refines the type; name marks the identifier column.',
  ).required(),
  description: string(0, 'Human-readable text about the column.').required(),
  priority: int32(
    0,
    '0 always shows the column; higher numbers only when there is room.',
  ).required(),
}) {}

export class TableRowCondition extends message('One fact about a row.', {
  type: string(0, 'Kind of condition; Completed marks an object that has finished.').required(),
  status: string(0, 'Whether the condition holds: True, False or Unknown.').required(),
  reason: string(0, 'Short machine-readable reason for the condition.'),
  message: string(0, 'Human-readable text about the condition.'),
}) {}

export class TableRow extends message('A row of a table.', {
  cells: listOf('json', 0, 'One value for each column, in the order of the columns.')
    .atomic()
    .required(),
  conditions: listOf(TableRowCondition, 0, 'Conditions of the row, such as Completed.').atomic(),
  object: rawExtension(0, 'The object of the row, as chosen by includeObject.'),
}) {}

export class Table extends message('Objects as rows and columns, ready for display.', {
  ...typeMeta,
  metadata: ref(
    ListMeta,
    0,
    'Standard list metadata: the version of the list, and where its next page starts.',
  ).written(),
  columnDefinitions: listOf(
    TableColumnDefinition,
    0,
    'Columns, in the order of the cells of each row.',
  )
    .atomic()
    .required(),
  rows: listOf(TableRow, 0, 'Rows, usually one per object.').atomic().required(),
}) {}
