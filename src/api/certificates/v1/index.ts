/** The kinds of this group and version. */
export { CertificateSigningRequest } from './certificate-signing-request.ts'
