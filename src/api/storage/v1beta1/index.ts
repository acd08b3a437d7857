/** The kinds of this group and version. */
export { VolumeAttributesClass } from './volume-attributes-class.ts'
