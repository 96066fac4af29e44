import { unshare } from '../../platform/sharing.ts';
import { rdsClusterSnapshots } from '../../platform/sharing-apis.ts';

export default unshare(rdsClusterSnapshots);
