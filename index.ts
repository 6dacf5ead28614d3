export { TallyfyGuestsApi } from './credentials/TallyfyGuestsApi.credentials';
export { TallyfyGuests } from './nodes/TallyfyGuests/TallyfyGuests.node';
