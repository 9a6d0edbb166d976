from .fallback import begin as begin
from .fallback import process as process
