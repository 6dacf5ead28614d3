export { TallyfyGuestsApi } from './credentials/TallyfyGuestsApi.credentials';
export { TallyfyGuestsApplicationApi } from './credentials/TallyfyGuestsApplicationApi.credentials';
export { TallyfyGuests } from './nodes/TallyfyGuests/TallyfyGuests.node';
export { TallyfyGuestsAsk } from './nodes/TallyfyGuests/TallyfyGuestsAsk.node';
export { TallyfyGuestsTrigger } from './nodes/TallyfyGuests/TallyfyGuestsTrigger.node';
