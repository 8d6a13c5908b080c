from circuits.block_encoding import BlockEncoding as BlockEncoding
from circuits.encoding_choice import block_encode as block_encode
from circuits.signal_processing import QSPPhases as QSPPhases
from circuits.signal_processing import qsvt as qsvt
from circuits.signal_processing import qsvt_pair as qsvt_pair
from circuits.signal_processing import transformed as transformed
