// Branded ids: two of them cannot be swapped silently. On the wire each is a short string.
import * as v from 'valibot';

const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
const id = <const Brand extends string>(brand: Brand) =>
  v.pipe(v.string(), v.regex(idPattern), v.brand(brand));

export const sessionIdSchema = id('SessionId');
export const peerIdSchema = id('PeerId');
export const edgeNodeIdSchema = id('EdgeNodeId');
export const siteIdSchema = id('SiteId');
export const leaseIdSchema = id('LeaseId');
export const playerIdSchema = id('PlayerId');
/** A title's id is also a folder name, so it is stricter: lower case, digits, hyphen. */
export const titleIdSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  v.brand('TitleId'),
);

export type SessionId = v.InferOutput<typeof sessionIdSchema>;
export type PeerId = v.InferOutput<typeof peerIdSchema>;
export type EdgeNodeId = v.InferOutput<typeof edgeNodeIdSchema>;
export type SiteId = v.InferOutput<typeof siteIdSchema>;
export type LeaseId = v.InferOutput<typeof leaseIdSchema>;
export type PlayerId = v.InferOutput<typeof playerIdSchema>;
export type TitleId = v.InferOutput<typeof titleIdSchema>;
