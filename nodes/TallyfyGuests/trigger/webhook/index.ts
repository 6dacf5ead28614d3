// The webhook mode: what the node file and its form need of it.
export { webhookProperties } from './form';
export { receive } from './receive';
export { webhookMethods } from './registration';
