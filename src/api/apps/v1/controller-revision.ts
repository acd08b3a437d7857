import { int64, rawExtension } from '../../../schema/field.ts'
import { resource } from './group.ts'

export class ControllerRevision extends resource(
  'A snapshot of the state of a controller, such as a Pod template, for updates and rollbacks. Its data cannot change.',
  { plural: 'controllerrevisions', namespaced: true },
  {
    data: rawExtension(
      2,
      'The state kept in this revision, as the controller wrote it. Cannot be changed.',
    ),
    revision: int64(3, 'Number of the revision; newer ones are higher.').required(),
  },
) {}
